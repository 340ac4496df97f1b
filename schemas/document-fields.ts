import { z } from 'zod'
import type { FieldMeta } from './event.js'

/** What a field of a stored document is in Elasticsearch, and in words. */
export const m = (es: FieldMeta['es'], description: string, unit?: string): FieldMeta => ({
  es,
  description,
  ...(unit && { unit }),
})
export const kw = (description: string) => z.string().meta(m('keyword', description))
export const date = (description: string) => z.iso.datetime().meta(m('date', description))
