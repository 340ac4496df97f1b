import { WhytimeoutError } from '../errors.js'

/** What the client's errors bear, of which its types say little. */
type ClientError = Error & {
  readonly type?: string
  readonly code?: string | number
  readonly cause?: unknown
  readonly retriable?: boolean
}

/** An error and what it comes from, outermost first. */
export function chainOf(error: unknown): readonly ClientError[] {
  const chain: ClientError[] = []
  for (let at = error; at instanceof Error && !chain.includes(at) && chain.length < 10; at = at.cause) chain.push(at)
  return chain
}

export const NO_RIGHT_TO_GROUP = 'the user has no right to the consumer group'
const RIGHT: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'the user has no right to the topic',
  GROUP_AUTHORIZATION_FAILED: NO_RIGHT_TO_GROUP,
  CLUSTER_AUTHORIZATION_FAILED: 'the user has no right to the cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'the user has no right to the transactional id',
}
/** OpenSSL's and Node's words for a handshake that fails. */
const TLS = /^ERR_(TLS|SSL)|CERT|SELF_SIGNED|UNABLE_TO_|^EPROTO$/
/** Nobody there, or the connection broke. */
const AWAY = /Connection|Timeout|Broker|Coordinator|MetadataNotLoaded/

/**
 * The client's error as one of ours. Its message names no user and no password.
 * @param place the brokers, a topic or a group
 */
export function kafkaError(error: unknown, place: string): WhytimeoutError {
  const chain = chainOf(error)
  const own = chain.find((e) => e instanceof WhytimeoutError)
  if (own) return own.place === undefined ? new WhytimeoutError(own.code, own.message, place, { cause: error }) : own
  const make = (code: ConstructorParameters<typeof WhytimeoutError>[0], message: string) =>
    new WhytimeoutError(code, message, place, { cause: error })
  for (const e of chain) {
    const type = e.type ?? ''
    const code = typeof e.code === 'string' ? e.code : ''
    if (type in RIGHT) return make('KAFKA_DENIED', RIGHT[type] as string)
    if (e.name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(type))
      return make('KAFKA_DENIED', 'the brokers refuse this user, password or mechanism')
    if (TLS.test(code)) return make('KAFKA_TLS_FAILED', `no TLS connection to the brokers (${code})`)
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
      return make('KAFKA_TOPIC_MISSING', 'no such topic, or no right to see it')
  }
  const away = chain.find(isAway)
  if (away) return make('KAFKA_UNREACHABLE', `the brokers do not answer (${away.code ?? away.type ?? away.message})`)
  return make('KAFKA_CONSUMER_STOPPED', chain.at(-1)?.message ?? String(error))
}

const isAway = (e: ClientError): boolean =>
  (/^KafkaJS/.test(e.name) && AWAY.test(e.name)) ||
  /COORDINATOR|BROKER_NOT|LEADER_NOT|NOT_LEADER|NETWORK|TIMED_OUT/.test(e.type ?? '')

/** Whether it goes away by itself once the brokers are back. */
export function isTransient(error: unknown): boolean {
  const code = kafkaError(error, '').code
  if (code === 'KAFKA_UNREACHABLE') return true
  return code === 'KAFKA_CONSUMER_STOPPED' && chainOf(error).at(-1)?.retriable === true
}
