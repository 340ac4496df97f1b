import type { Query } from '../../schemas/conditions.js'

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(<=|>=|[():<>])|([^\s():<>"]+))/gy

/** What Kibana makes of its query language, as far as we use it: words of our own reading, so that what we write is read by another. */
export function queryOfKql(text: string): Query {
  if (text === '') return { match_all: {} }
  const tokens = [...text.matchAll(TOKEN)].map((m) => m[0].trim())
  if (tokens.join('') !== text.replaceAll(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '')) throw new Error(`not read: ${text}`)
  let at = 0
  const take = (wanted?: string): string => {
    const token = tokens[at++]
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new Error(`${wanted} missing: ${text}`)
    return token
  }
  const list = (word: string, one: () => Query, join: (all: Query[]) => Query): Query => {
    const all = [one()]
    while (tokens[at] === word) {
      at++
      all.push(one())
    }
    return all.length === 1 ? (all[0] as Query) : join(all)
  }
  const any = (one: () => Query) => list('or', one, (should) => ({ bool: { should, minimum_should_match: 1 } }))
  const expression = (): Query => any(() => list('and', clause, (filter) => ({ bool: { filter } })))
  const clause = (): Query => {
    if (tokens[at] === 'not') {
      at++
      return { bool: { must_not: [clause()] } }
    }
    return tokens[at] === '(' ? bracketed(expression) : comparison()
  }
  const bracketed = (inner: () => Query): Query => {
    take('(')
    const query = inner()
    take(')')
    return query
  }
  const comparison = (): Query => {
    const field = take()
    const sign = take()
    const range = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' }[sign]
    if (range !== undefined) return { range: { [field]: { [range]: Number(take()) } } }
    if (sign !== ':') throw new Error(`"${sign}" after ${field}: ${text}`)
    const value = (): Query => {
      const token = take()
      if (token === '*') return { exists: { field } }
      return token.startsWith('"') ? { match_phrase: { [field]: JSON.parse(token) } } : { match: { [field]: token } }
    }
    return tokens[at] === '(' ? bracketed(() => any(value)) : value()
  }
  const query = expression()
  if (at < tokens.length) throw new Error(`"${tokens[at]}" left over: ${text}`)
  return query
}

/** Every field that a query names. */
export function fieldsOfQuery(query: unknown): string[] {
  if (typeof query !== 'object' || query === null) return []
  return Object.entries(query).flatMap(([kind, inner]) => {
    if (kind === 'exists') return [(inner as { field: string }).field]
    if (['range', 'match', 'match_phrase'].includes(kind)) return Object.keys(inner)
    return [inner].flat().flatMap(fieldsOfQuery)
  })
}
