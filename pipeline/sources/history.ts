import type { RawMessage } from '../stream/raw-message.js'

export type Range = {
  readonly topic: string
  readonly partition: number
  /** First offset wanted; what is no longer there is left out. */
  readonly from: bigint
  /** Offset after the last wanted. */
  readonly to: bigint
}
/**
 * Reads a range of a partition again, in order, beside the group: nothing is committed and nobody else is disturbed.
 * @param take gets the messages in parts; reading waits for it
 */
export type ReadHistory = (range: Range, take: (messages: readonly RawMessage[]) => Promise<void>) => Promise<void>
