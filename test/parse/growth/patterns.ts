import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Literals of a source, found where a value may stand; what is no pattern does not compile and is none. */
export function literalsIn(source: string): RegExp[] {
  const found: RegExp[] = []
  for (const m of source.matchAll(
    /(?<=[(,=:?[|&!{};>]\s{0,40}|return )\/(?![/*])((?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuy]{0,4})/g,
  )) {
    try {
      found.push(new RegExp(m[1] as string, (m[2] as string).replace(/[dg]/g, '')))
    } catch {
      // A division, or a piece of text.
    }
  }
  return found
}

export const literalsBelow = (root: string): RegExp[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .flatMap((f) => literalsIn(readFileSync(join(root, f), 'utf8')))

/** Each once. */
export const distinct = (patterns: readonly RegExp[]): RegExp[] => [
  ...new Map(patterns.map((p) => [`${p.source}/${p.flags.replace(/[dg]/g, '')}`, p])).values(),
]

/** Those that are made of parts, while modules load: `new RegExp` is watched until `stop`. */
export function recordingBuilt(): { readonly stop: () => readonly RegExp[] } {
  const plain = globalThis.RegExp
  const found: RegExp[] = []
  globalThis.RegExp = new Proxy(plain, {
    construct: (target, args) => {
      const pattern = Reflect.construct(target, args) as RegExp
      found.push(pattern)
      return pattern
    },
  })
  return {
    stop: () => {
      globalThis.RegExp = plain
      return found
    },
  }
}
