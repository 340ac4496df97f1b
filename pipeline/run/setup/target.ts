import type { Finding } from '../../../schemas/doctor.js'
import type { Bilingual } from '../../../schemas/rule.js'
import type { ReadConfig } from '../config.js'

/** What the command line says; a target takes what concerns it. */
export type SetupOptions = {
  readonly partitions: number | undefined
  readonly replicas: number | undefined
  /** Only says what would be done. */
  readonly isDryRun: boolean
  /** Changes what is there and would lose data. */
  readonly isFix: boolean
  readonly configPath: string
}

/** Something that `whytimeout setup` prepares. Running it again changes nothing. */
export type SetupTarget = {
  readonly title: Bilingual
  /** @throws WhytimeoutError CONFIG_INVALID where the configuration does not have it, KAFKA_UNREACHABLE and the like */
  readonly run: (config: ReadConfig, options: SetupOptions) => Promise<readonly Finding[]>
}
