import { createHash } from 'node:crypto'
import type { Outcome } from '../parse/record.js'
import type { StoredDocument } from './documents.js'

/**
 * A record that could not be used, as it is stored: masked, and with neither place nor hour of reading, so that reading it again changes
 * nothing. Most of these have no time of their own, so they share one index.
 */
export function deadLetterDocument(
  dead: Pick<Extract<Outcome, { kind: 'dead' }>, 'origin' | 'code' | 'detail' | 'original'>,
): StoredDocument {
  const { origin, code, detail, original } = dead
  const id = createHash('sha256').update(`dead letter\u241f${origin}\u241f${original}`).digest('base64url').slice(0, 22)
  return {
    index: 'whytimeout-dead-letters',
    id,
    realm: 'default',
    version: 1,
    versionType: 'external',
    source: {
      event: { id, kind: 'pipeline_error', module: 'whytimeout', dataset: 'whytimeout.dead-letter', original },
      error: { code, message: detail },
      message: original.slice(0, MESSAGE_CHARS),
      whytimeout: { origin },
    },
  }
}
const MESSAGE_CHARS = 4_096
