import type { ParsedFields } from '../../schemas/event.js'
import { gated } from './gate.js'

/**
 * How busy the processor is, in whoever's words: programs report it of their host under the same three letters in every language
 * (`Diag: CPU 99 % (ekrn.exe 91 %)`, `CPU-Auslastung: 97 %`, Monit's `cpu usage of 97.7%`, `cpu_percent=98.5`, `CPU使用率 96%`).
 */
const BUSY = gated(
  /\bCPU(?:[ _-]{1,2}(?:load|usage|used?|util(?:i[sz]ation)?|total|busy|auslastung|last|在用)|使用率|占用率?|利用率)?["']?\s?(?:is |at |of |[=:：]\s?)?["']?(?<percent>\d{1,3}(?:[.,]\d{1,2})?)\s?%|\bcpu_(?:percent|pct|usage_percent|used_percent)["']?\s?[=:]\s?["']?(?<named>\d{1,3}(?:\.\d{1,4})?)/i,
)

/** Adds to what a format saw nothing in how busy the host is. @returns the same fields */
export function addHostLoad(fields: ParsedFields, text: string): ParsedFields {
  if ((fields['event.action'] ?? 'other') !== 'other' || fields['whytimeout.cpu_percent'] !== undefined) return fields
  const g = BUSY.exec(text)?.groups
  const percent = Number((g?.percent ?? g?.named ?? '').replace(',', '.'))
  if (!g || percent > 100) return fields
  fields['event.action'] = 'cpu-usage'
  fields['event.kind'] = 'metric'
  fields['whytimeout.cpu_percent'] = percent
  return fields
}
