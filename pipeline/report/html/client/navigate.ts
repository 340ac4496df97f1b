import { type Filter, parseFragment, writeFragment } from './fragment.js'
import { state, type View } from './state.js'

const listeners: ((changed: ReadonlySet<keyof View>) => void)[] = []
export const onChange = (listener: (changed: ReadonlySet<keyof View>) => void): void => void listeners.push(listener)

export function change(next: Partial<View>): void {
  Object.assign(state, next)
  const fragment = writeFragment(state)
  if (`#${fragment}` !== location.hash) history.replaceState(null, '', `#${fragment}`)
  for (const listener of listeners) listener(new Set(Object.keys(next) as (keyof View)[]))
}

/** One field of the filter set, or cleared. */
export function filterBy(part: Partial<Filter>): void {
  const merged = Object.entries({ ...state.filter, ...part }).filter(([, v]) => v !== undefined && v !== '')
  change({ filter: Object.fromEntries(merged) })
}

export function readLocation(): void {
  const wished = navigator.languages.find((l) => /^(zh|en)\b/i.test(l)) ?? 'en'
  const parsed = parseFragment(location.hash.slice(1))
  Object.assign(state, { lang: /^zh/i.test(wished) ? 'zh' : 'en', theme: 'auto', zone: 'utc', ...parsed })
}
