import type { Role } from '../../schemas/vocabulary.js'

type Placed = { readonly role: Role; readonly site?: string }

/**
 * The site of a box whose lines name none of its terminals (a switch, a monitor, a kernel log), by a part of its name that the terminals of one
 * site have in theirs and those of no other: `sw-0412` beside `till-0412-1`, `rt-b` beside `pos-b4`.
 * @returns a site for each host that has none and fits exactly one
 */
export function sitesByName(
  hosts: readonly string[],
  placed: ReadonlyMap<string, Placed>,
): ReadonlyMap<string, string> {
  const sitesOf = new Map<string, Set<string>>()
  const tills = [...placed].filter(([, { role, site }]) => role === 'terminal' && site !== undefined)
  for (const [host, { site = '' }] of tills)
    for (const part of [...partsOf(host), ...partsOf(site)])
      sitesOf.set(part, (sitesOf.get(part) ?? new Set<string>()).add(site))
  const isTelling = new Set(tills.map(([, { site }]) => site)).size > 1
  const found = new Map<string, string>()
  for (const host of isTelling ? hosts : []) {
    const fits = new Set(partsOf(host).flatMap((p) => (sitesOf.get(p)?.size === 1 ? [...(sitesOf.get(p) ?? [])] : [])))
    const [site] = fits
    if (fits.size === 1 && site !== undefined && placed.get(host)?.site === undefined) found.set(host, site)
  }
  return found
}

/** What stands between signs, with and without the number behind it. */
const partsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((p) => [p, /^\p{L}/u.test(p) ? p.replace(/\d{1,2}$/, '') : ''])
    .filter((p) => p !== '')
