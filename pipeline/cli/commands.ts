import { auditCommand } from './audit.js'
import type { Command } from './command.js'
import { deadLettersCommand } from './dead-letters.js'
import { evalCommand } from './eval.js'
import { explainCommand } from './explain.js'
import { formatsCommand } from './formats.js'
import { replayCommand } from './replay.js'
import { rulesCommand } from './rules.js'
import { streamCommand } from './stream.js'

/** Every command, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  replayCommand,
  streamCommand,
  auditCommand,
  deadLettersCommand,
  explainCommand,
  rulesCommand,
  evalCommand,
  formatsCommand,
]
