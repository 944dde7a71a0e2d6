/**
 * The globe in a real browser, fed by the real engine. `SKEIN_SCREENSHOT=docs/images/globe.png` also saves a picture of it.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, complaintsOf, launch } from './chromium.ts'
import { EngineProcess } from './engine-process.ts'
import { GlobePage } from './globe-page.ts'

const BUILT = existsSync(join(import.meta.dirname, '../../web/dist/index.html'))
const MISSING = !chromiumPath ? 'Chromium: test/servers/chromium.sh' : !BUILT ? 'web/dist: npm run build:web' : ''
const SCREENSHOT = process.env.SKEIN_SCREENSHOT

const WINDOW = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', colorScheme: 'dark' } as const
/** Software rendering on a busy machine draws a frame a second. */
const PATIENCE = { timeout: 90_000, interval: 200 }

describe.skipIf(MISSING !== '')(`the globe${MISSING && ` (skipped, for want of ${MISSING})`}`, () => {
  let engine: EngineProcess
  let browser: Browser
  let globe: GlobePage
  let complaints: string[]

  beforeAll(async () => {
    engine = await EngineProcess.create()
    await engine.start()
    browser = await launch()
    const page = await browser.newPage(WINDOW)
    complaints = complaintsOf(page)
    globe = new GlobePage(page)
    await page.goto(engine.url)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await engine?.dispose()
  })

  test('shows the aircraft that the API lists, and looks at where they are', async () => {
    await expect
      .poll(async () => {
        const [listed, state] = [await engine.flights(), await globe.state()]
        return state.count > 0 && state.count === listed.length && state.status === 'live'
      }, PATIENCE)
      .toBe(true)
    await expect.poll(async () => (await globe.state()).camera.flying, PATIENCE).toBe(false)
    const { camera, count } = await globe.state()
    expect(camera.lat).toBeCloseTo(40.8, 0)
    expect(camera.lon).toBeCloseTo(-74, 0)
    expect((await globe.inPicture()).length).toBeGreaterThan(count * 0.7)
    expect(await globe.page.locator('#count').textContent()).toMatch(/^\d+$/)
    expect(await globe.page.locator('#connection').textContent()).toContain('Live')
  })

  test('moves aircraft between fixes, smoothly and by the stream’s clock', async () => {
    const flying = (await engine.flights()).find(({ on_ground }) => on_ground === false)!
    const before = await globe.state()
    const from = (await globe.positionOf(flying.icao24))!
    await expect.poll(async () => (await globe.state()).frames.count > before.frames.count + 2, PATIENCE).toBe(true)
    await expect
      .poll(async () => {
        const to = await globe.positionOf(flying.icao24)
        return to !== null && (to.lat !== from.lat || to.lon !== from.lon)
      }, PATIENCE)
      .toBe(true)
    expect((await globe.state()).clockMs).toBeGreaterThan(before.clockMs)
  })

  test('draws what it says: pixels change where an aircraft is', async () => {
    const { x, y } = await globe.loneliest()
    const clip = { x: x - 30, y: y - 30, width: 60, height: 60 }
    const before = await globe.page.screenshot({ clip })
    await expect
      .poll(async () => before.equals(await globe.page.screenshot({ clip })), { ...PATIENCE, interval: 1500 })
      .toBe(false)
  })

  test('selects the aircraft under a click, with all its fields, and lets go of it on Escape', async () => {
    const { page } = globe
    await expect
      .poll(async () => {
        const { icao24, x, y } = await globe.loneliest()
        await page.mouse.click(x, y)
        return (await globe.state()).selected === icao24
      }, PATIENCE)
      .toBe(true)
    const { selected } = await globe.state()
    const panel = page.getByRole('complementary', { name: 'Selected aircraft' })
    await panel.waitFor()
    expect(await panel.locator('#details-icao24').textContent()).toBe(selected)
    const { callsign } = (await engine.flights()).find(({ icao24 }) => icao24 === selected)!
    expect(await panel.getByRole('heading').textContent()).toBe(callsign ?? selected!.toUpperCase())
    const terms = await panel.locator('dt').allTextContents()
    expect(terms).toEqual(
      expect.arrayContaining(['Altitude', 'Ground speed', 'Vertical rate', 'Heading', 'Squawk', 'Position age']),
    )
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    expect((await globe.state()).selected).toBeNull()
  })

  test('goes from aircraft to aircraft, and back to all of them, by keyboard', async () => {
    const { page } = globe
    await page.keyboard.press('.')
    const first = (await globe.state()).selected
    await page.keyboard.press('.')
    const second = (await globe.state()).selected
    await page.keyboard.press(',')
    expect(first).not.toBeNull()
    expect(second).not.toBe(first)
    expect((await globe.state()).selected).toBe(first)
    await page.keyboard.press('Escape')
    await page.keyboard.press('h')
    await expect.poll(async () => (await globe.inPicture()).length, PATIENCE).toBeGreaterThan(50)
  })

  test('zooms with the wheel towards what is under it, and pans with a drag', async () => {
    const { page } = globe
    const start = (await globe.state()).camera
    await page.mouse.move(640, 400)
    await page.mouse.wheel(0, -400)
    await expect.poll(async () => (await globe.state()).camera.distance < start.distance * 0.9, PATIENCE).toBe(true)
    await page.mouse.down()
    await page.mouse.move(740, 430, { steps: 4 })
    await page.mouse.up()
    await expect.poll(async () => (await globe.state()).camera.lon < start.lon - 0.01, PATIENCE).toBe(true)
    await page.keyboard.press('h')
  })

  test('switches units, time zone and theme, and remembers them', async () => {
    const { page } = globe
    await page.getByRole('button', { name: /^Units/ }).click()
    await page.getByRole('button', { name: /light theme/ }).click()
    await page.getByRole('button', { name: /^Clock shows UTC/ }).click()
    expect(await page.locator('#legend-unit').textContent()).toBe('km')
    await page.reload()
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light')
    expect(await page.locator('#switch-zone').textContent()).toBe('Local')
    await page.getByRole('button', { name: /dark theme/ }).click()
    await page.getByRole('button', { name: /^Units/ }).click()
    await page.getByRole('button', { name: /^Clock shows local/ }).click()
    await expect.poll(async () => (await globe.state()).count, PATIENCE).toBeGreaterThan(0)
  })

  test('gives every control a name', async () => {
    const unnamed = await globe.page.locator('button').evaluateAll((buttons) =>
      buttons
        .map(
          (button) =>
            button as unknown as { getAttribute(name: string): string | null; textContent: string; id: string },
        )
        .filter((button) => !(button.getAttribute('aria-label') ?? button.textContent.trim()))
        .map((button) => button.id),
    )
    expect(unnamed).toEqual([])
  })

  test('has said nothing on the console that a visitor should not see', () => {
    expect(complaints).toEqual([])
  })

  if (SCREENSHOT !== undefined)
    test('is worth a picture', { timeout: 400_000 }, async () => {
      const page = await browser.newPage({
        ...WINDOW,
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'no-preference',
      })
      await page.goto(`${engine.url}?quality=full`)
      const picture = new GlobePage(page)
      await expect.poll(async () => (await picture.state()).texturesReady, PATIENCE).toBe(true)
      const start = (await picture.state()).clockMs
      await expect
        .poll(async () => (await picture.state()).clockMs - start, { timeout: 300_000, interval: 2000 })
        .toBeGreaterThan(100_000)
      const path = resolve(SCREENSHOT!)
      mkdirSync(dirname(path), { recursive: true })
      await page.screenshot({ path, timeout: 120_000 })
      await page.close()
    })

  test('says that it reconnects while the hub is away, and is live again when it is back', async () => {
    const { page } = globe
    await engine.stop()
    await expect.poll(async () => (await globe.state()).status, PATIENCE).toBe('reconnecting')
    await expect.poll(() => page.locator('#connection-word').textContent(), PATIENCE).toBe('Reconnecting')
    await engine.start()
    await expect.poll(async () => (await globe.state()).status, PATIENCE).toBe('live')
    await expect.poll(async () => (await globe.state()).count === (await engine.flights()).length, PATIENCE).toBe(true)
  })

  test('lists the aircraft where there is no WebGL, and says why', async () => {
    const plain = await launch('--disable-3d-apis')
    try {
      const page = await plain.newPage(WINDOW)
      await page.goto(engine.url)
      await page.getByRole('alert').getByText('cannot draw the globe').waitFor()
      await expect.poll(() => page.locator('#list-rows tr').count(), PATIENCE).toBeGreaterThan(50)
    } finally {
      await plain.close()
    }
  })
})
