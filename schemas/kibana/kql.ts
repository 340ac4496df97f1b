import type { Condition, ConditionValue } from '../conditions.js'

/** The same conditions in Kibana's query language; without any, nothing, which is everything. */
export const kqlOf = (conditions: readonly Condition[]): string => conditions.map(clauseOf).join(' and ')

const SIGN = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function clauseOf(condition: Condition): string {
  switch (condition.op) {
    case 'any':
      return `(${condition.of.map((all) => (all.length > 1 ? `(${kqlOf(all)})` : kqlOf(all))).join(' or ')})`
    case 'is':
    case 'phrase':
      return `${condition.field} : ${oneOf([condition.value].flat())}`
    case 'not':
      return `not ${condition.field} : ${oneOf([condition.value].flat())}`
    case 'exists':
      return `${condition.field} : *`
    case 'missing':
      return `not ${condition.field} : *`
    default:
      return `${condition.field} ${SIGN[condition.op]} ${condition.value}`
  }
}

const oneOf = (values: readonly ConditionValue[]): string => {
  const terms = values.map(literal)
  return terms.length === 1 ? (terms[0] as string) : `(${terms.join(' or ')})`
}
/** Quoted, so that neither `*` nor `or` in a value means anything. */
const literal = (value: ConditionValue): string =>
  typeof value === 'string' ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : String(value)
