import { describeCommitting } from './committing.js'
import { describeEnduring } from './enduring.js'
import type { Trial } from './reader.js'
import { describeReading } from './reading.js'
import { describeSharing } from './sharing.js'

/** What the `Source` port promises, tried on real brokers: whatever client is behind it must pass. */
export function describeSource(trial: Trial): void {
  describeReading(trial)
  describeCommitting(trial)
  describeSharing(trial)
  describeEnduring(trial)
}
