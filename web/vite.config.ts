import { defineConfig } from 'vite'
import { earthAssets } from './build/earth-assets.ts'

/** Paths are relative, so that the page works below any path of a host. Nothing is inlined: the page's policy forbids it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [earthAssets()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
})
