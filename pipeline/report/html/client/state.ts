import type { Lang } from '../../../../schemas/vocabulary.js'
import type { Filter } from './fragment.js'

/** How the page looks and what it shows; all of it lives in the URL's fragment. */
export type View = {
  lang: Lang
  theme: 'auto' | 'light' | 'dark'
  zone: 'utc' | 'local'
  filter: Filter
}
export const state: View = { lang: 'en', theme: 'auto', zone: 'utc', filter: {} }
