import { mergeConfig } from 'vite'
import web from '../../../web/vite.config.ts'

/** The real page with a simulated feed in place of the hub's: `vite build web --config test/browser/page/vite.config.ts --outDir …`. */
export default mergeConfig(web, {
  resolve: { alias: [{ find: /^(\.|\.\.)\/client\/index\.ts$/, replacement: `${import.meta.dirname}/crowd-feed.ts` }] },
})
