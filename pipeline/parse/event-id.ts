import { hash } from 'node:crypto'

/**
 * Ids come from content, so reading again gives the same ids. SHA-256 is a pure function; the platform's is used for its speed.
 * The time in front keeps ids in order.
 */
const digest = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22)

/**
 * @param atMs      the log's time, zone applied, clock error not
 * @param origin    host and log name
 * @param hashText  the record, masked with nothing shown
 * @param n         place of the event in a record that gives several
 */
export const eventId = (atMs: number, origin: string, hashText: string, n: number): string =>
  `${atMs.toString(36)}-${digest(`${origin}\u241f${hashText}\u241f${n}`)}`

/** Id of a verdict: hash of its anchor's event id, under the same time. */
export const verdictId = (anchorId: string): string =>
  `${anchorId.slice(0, anchorId.indexOf('-'))}-${digest(`verdict\u241f${anchorId}`)}`
