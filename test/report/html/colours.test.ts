import { describe, expect, test } from 'vitest'
import { STYLE } from '../../../pipeline/report/html/assets.js'

type Rgb = readonly [number, number, number]
/** Linear RGB of `#rrggbb`. */
const linear = (hex: string): Rgb =>
  [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
/** How colours look without one kind of cone: Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB. */
const SIGHTS: Readonly<Record<string, readonly Rgb[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
const seen = (sight: readonly Rgb[], c: Rgb): Rgb =>
  sight.map((row) => Math.min(1, Math.max(0, row[0] * c[0] + row[1] * c[1] + row[2] * c[2]))) as unknown as Rgb
/** Oklab (Ottosson 2020): distances in it are about as large as they look. */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}
const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b
const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(linear(a)), luminance(linear(b))].sort((p, q) => q - p) as [number, number]
  return (x + 0.05) / (y + 0.05)
}

const themeOf = (selector: string): Readonly<Record<string, string>> => {
  const block = STYLE.split(`${selector}{`)[1]?.split('}')[0] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): ?(#[0-9a-f]{3,6})/g)].map(([, k, v]) => [k, full(v as string)]),
  )
}
const full = (hex: string): string => (hex.length === 4 ? `#${[...hex.slice(1)].map((c) => c + c).join('')}` : hex)
const LIGHT = themeOf(':root')
const DARK = themeOf(':root[data-theme="dark"]')

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('%s', (_, theme) => {
  const causes = Array.from({ length: 11 }, (_x, i) => theme[`c${i}`] as string)
  test('every cause stands out from the paper', () => {
    for (const c of causes) expect(contrast(c, theme['paper'] as string), c).toBeGreaterThanOrEqual(3)
  })
  test.each([
    ['usual', 0.13],
    ['protanopia', 0.09],
    ['deuteranopia', 0.09],
    ['tritanopia', 0.06],
  ])('no two causes look alike: %s', (sight, least) => {
    const labs = causes.map((c) => oklab(seen(SIGHTS[sight] ?? [], linear(c))))
    for (const [i, a] of labs.entries())
      for (const b of labs.slice(0, i))
        expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThanOrEqual(least)
  })
  test('text can be read', () => {
    for (const paper of ['paper', 'raised'])
      for (const ink of ['ink', 'soft', 'accent', 'for', 'against'])
        expect(contrast(theme[ink] as string, theme[paper] as string), `${ink} on ${paper}`).toBeGreaterThanOrEqual(4.5)
    expect(contrast(theme['warn'] as string, theme['warn-paper'] as string)).toBeGreaterThanOrEqual(4.5)
  })
})
test('the two ways to a dark page have the same colours', () =>
  expect(themeOf(':root:not([data-theme="light"])')).toEqual(DARK))
