import type { LogEvent } from '../../../schemas/event.js'
import type { Claim, Collection } from './claims.js'
import { MAPPING, type Rule } from './mapping.js'

/** One value that both name. */
export type Found = {
  readonly collection: Collection
  readonly rule: Rule
  readonly isAgreed: boolean
  /** `file | theirs: value | ours: value`, as the explanations list it. */
  readonly says: string
}

/** What both name of a record. */
export function compare({ file, collection, fields }: Claim, event: LogEvent): Found[] {
  return MAPPING[collection].flatMap((rule) => {
    const theirs = fields.get(rule.theirs)
    if (theirs === undefined || theirs === '' || theirs === '-' || rule.files?.test(file) === false) return []
    const field = rule.ours.find((name) => event[name] !== undefined)
    const found = (isAgreed: boolean, ours: string, value: unknown): Found[] => [
      { collection, rule, isAgreed, says: `${file} | ${rule.theirs}: ${theirs} | ${ours}: ${value}` },
    ]
    if (field === undefined) {
      const other = rule.otherEnd && event[rule.otherEnd]
      return rule.otherEnd && String(other) === theirs ? found(false, rule.otherEnd, other) : []
    }
    const ours = event[field]
    const isAgreed = ours === undefined ? undefined : rule.way.agrees(theirs, ours)
    return isAgreed === undefined ? [] : found(isAgreed, field, ours)
  })
}

/** Counts for each collection, as rows of a table. */
export function tally(
  claims: readonly (Claim & { record: { event: unknown } | undefined })[],
  found: readonly Found[],
) {
  const rows = [
    '| expectations | records | without an event | compared | agreed | explained |',
    '| --- | --: | --: | --: | --: | --: |',
  ]
  for (const collection of [...new Set(claims.map((c) => c.collection))].sort()) {
    const own = claims.filter((c) => c.collection === collection)
    const both = found.filter((f) => f.collection === collection)
    const agreed = both.filter((f) => f.isAgreed).length
    const dead = own.filter(({ record }) => record?.event === undefined).length
    rows.push(`| ${[collection, own.length, dead, both.length, agreed, both.length - agreed].join(' | ')} |`)
  }
  return rows
}
