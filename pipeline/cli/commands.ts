import { auditCommand } from './audit.js'
import { backtestCommand } from './backtest.js'
import { calibrateCommand } from './calibrate.js'
import type { Command } from './command.js'
import { completionCommand } from './completion.js'
import { deadLettersCommand } from './dead-letters.js'
import { doctorCommand } from './doctor.js'
import { evalCommand } from './eval.js'
import { explainCommand } from './explain.js'
import { exportCommand } from './export.js'
import { formatsCommand } from './formats.js'
import { healthCommand } from './health.js'
import { labelCommand } from './label.js'
import { replayCommand } from './replay.js'
import { retentionCommand } from './retention.js'
import { rulesCommand } from './rules.js'
import { searchCommand } from './search.js'
import { setupCommand } from './setup.js'
import { streamCommand } from './stream.js'
import { tapCommand } from './tap.js'
import { topCommand } from './top.js'

/** Every command, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  replayCommand,
  streamCommand,
  auditCommand,
  deadLettersCommand,
  doctorCommand,
  setupCommand,
  topCommand,
  tapCommand,
  explainCommand,
  exportCommand,
  searchCommand,
  healthCommand,
  rulesCommand,
  labelCommand,
  backtestCommand,
  evalCommand,
  calibrateCommand,
  formatsCommand,
  retentionCommand,
  completionCommand,
]
