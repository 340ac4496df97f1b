/** What is asked of stored documents, as data: the saved searches of Kibana and of `whytimeout search` are written in it. */

export type ConditionValue = string | number | boolean
/**
 * One thing that must hold. A field that is a list fits if any of its values does.
 * - `is`: one of these values; for an address also a network (`203.0.113.0/24`). `not`: none of them, or no value at all.
 * - `gt`, `gte`, `lt`, `lte`: a number.
 * - `phrase`: these words one after the other, in a text.
 * - `any`: all of one of these lists.
 */
export type Condition =
  | { readonly field: string; readonly op: 'is' | 'not'; readonly value: ConditionValue | readonly ConditionValue[] }
  | { readonly field: string; readonly op: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number }
  | { readonly field: string; readonly op: 'phrase'; readonly value: string }
  | { readonly field: string; readonly op: 'exists' | 'missing' }
  | { readonly op: 'any'; readonly of: readonly (readonly Condition[])[] }

export type Query = { readonly [kind: string]: unknown }

/** Elasticsearch's query for documents for which all of these hold; it only filters, so nothing is scored. */
export function queryOf(conditions: readonly Condition[]): Query {
  const filter = conditions.map(clauseOf)
  return filter.length === 0 ? { match_all: {} } : { bool: { filter } }
}

const without = (clause: Query): Query => ({ bool: { must_not: [clause] } })

function clauseOf(condition: Condition): Query {
  switch (condition.op) {
    case 'any':
      return { bool: { should: condition.of.map(queryOf), minimum_should_match: 1 } }
    case 'is':
      return { terms: { [condition.field]: [condition.value].flat() } }
    case 'not':
      return without({ terms: { [condition.field]: [condition.value].flat() } })
    case 'phrase':
      return { match_phrase: { [condition.field]: condition.value } }
    case 'exists':
      return { exists: { field: condition.field } }
    case 'missing':
      return without({ exists: { field: condition.field } })
    default:
      return { range: { [condition.field]: { [condition.op]: condition.value } } }
  }
}

/** Every field that these conditions name. */
export const fieldsOf = (conditions: readonly Condition[]): readonly string[] =>
  conditions.flatMap((c) => (c.op === 'any' ? c.of.flatMap(fieldsOf) : [c.field]))
