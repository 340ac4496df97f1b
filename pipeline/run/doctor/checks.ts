import { brokerSettingsCheck } from './broker-settings.js'
import { brokersCheck } from './brokers.js'
import type { Check } from './check.js'
import { clockCheck } from './clock.js'
import { elasticsearchCheck } from './elasticsearch.js'
import { internalTopicsCheck } from './internal-topics.js'
import { inventoryCheck } from './inventory.js'
import { kibanaCheck } from './kibana.js'
import { offsetsCheck } from './offsets.js'
import { originsCheck } from './origins.js'
import { processesCheck } from './processes.js'
import { rawTopicsCheck } from './raw-topics.js'
import { rightsCheck } from './rights.js'
import { rulesCheck } from './rules.js'
import { spreadCheck } from './spread.js'
import { versionsCheck } from './versions.js'

/** Every check, in the order of the table. */
export const CHECKS: readonly Check[] = [
  brokersCheck,
  versionsCheck,
  brokerSettingsCheck,
  rawTopicsCheck,
  internalTopicsCheck,
  rightsCheck,
  offsetsCheck,
  clockCheck,
  inventoryCheck,
  originsCheck,
  rulesCheck,
  processesCheck,
  spreadCheck,
  elasticsearchCheck,
  kibanaCheck,
]
