import type { Finding } from '../../../schemas/doctor.js'
import type { Bilingual } from '../../../schemas/rule.js'
import type { LoadedConfig } from '../config.js'
import type { Look } from './look.js'

/** What a check may use. */
export type Context = {
  readonly config: LoadedConfig
  /** Epoch ms. */
  readonly now: () => number
  /** The cluster, each thing looked up once however many checks ask for it. */
  readonly look: Look
}

/** One check: gathers facts, judges them. A new one is a file of this shape and a line in checks.ts. */
export type Check = {
  readonly id: string
  readonly title: Bilingual
  /** Skipped where no broker can be reached: the check of the brokers has said why. */
  readonly needsKafka: boolean
  /** It only reads: nothing is written, created or committed. What it throws becomes a finding. */
  readonly run: (context: Context) => Promise<readonly Finding[]>
}
