import { kafkaTarget } from './kafka.js'
import type { SetupTarget } from './target.js'

/** What can be set up, by the name that the command takes. */
export const SETUP_TARGETS: Readonly<Record<string, SetupTarget>> = { kafka: kafkaTarget }
