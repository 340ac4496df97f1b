import { z } from 'zod'
import { ROLES } from './vocabulary.js'

/** What the lines of an origin do not say. Keys of `origins.yml` are origins (`host/name`), globs allowed. */
export const OriginEntry = z.strictObject({
  format: z.string().optional().describe('Format id; skips detection.'),
  columns: z
    .array(z.string())
    .optional()
    .describe('Lines that name the columns of its rows: `#Fields: date time c-ip`, the first line of a CSV export.'),
  charset: z.enum(['utf-8', 'gb18030', 'shift_jis', 'euc-jp', 'utf-16le', 'utf-16be', 'latin1']).optional(),
  zone: z.string().optional().describe('IANA zone or fixed offset (+08:00) of times without one.'),
  day_first: z.boolean().optional().describe('Dates like 02/11/2026 have the day first.'),
  trace: z
    .string()
    .min(1)
    .max(24)
    .optional()
    .describe(
      'The word before its trace numbers, where it is no usual one: `Beleg`, `ref`. Of bare values between bars, the bar and the place from the end: `|3`; `#` of marked ones; of a form of their own, the form: `~999-99999`.',
    ),
  states_begin: z
    .literal(true)
    .optional()
    .describe('The time of its lines is when a request began, not when it ended.'),
  until: z.iso.datetime().optional().describe('The origin holds nothing after this; fixes missing years and dates.'),
  skew_ms: z.int().optional().describe('How far its clock is ahead of true time, ms.'),
  role: z.enum(ROLES).optional(),
  bystander: z.literal(true).optional().describe('It takes no part in sales: its waits are no timeouts of anybody.'),
  terminal: z.string().optional().describe('The terminal that the host is, where its lines do not name it.'),
  site: z.string().optional(),
  isp: z.string().optional(),
  addresses: z.array(z.string()).optional().describe('Addresses of the host, also those that others see it by (NAT).'),
  gateways: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("The inventory's names for a gateway whose own is another; all of them are taken for one gateway."),
  realm: z.string().optional(),
})
export type OriginEntry = z.infer<typeof OriginEntry>
export const OriginsFile = z.record(z.string(), OriginEntry)
export type OriginsFile = z.infer<typeof OriginsFile>
