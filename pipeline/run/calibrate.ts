import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { type Calibrated, calibrate } from '../report/calibration.js'
import { evaluate } from './eval.js'
import { defaultRulesDir, loadPack } from './rules.js'

/**
 * Replays labelled folders and fits the temperature to how often the verdicts were right.
 * @throws WhytimeoutError LABELS_INVALID, RULE_INVALID
 */
export async function calibrateOn(
  folders: readonly string[],
  options: { readonly rules?: string | undefined; readonly now: number },
  onScenario: (name: string, done: number, of: number) => void = () => {},
): Promise<Calibrated> {
  const pack = await loadPack(options.rules)
  const { scenarios } = await evaluate(folders, options, onScenario)
  const judged = scenarios.map((s) => ({ name: s.name, pairs: s.matching.pairs }))
  return {
    ...calibrate(judged, { temperature: pack.temperature, unknownPrior: pack.unknownPrior }),
    digest: pack.digest,
    names: judged.filter((j) => j.pairs.length > 0).map((j) => j.name),
  }
}

/** Writes the fitted temperature into pack.yml, with what it was fitted on; the rest of the file stays as it is. */
export async function writeTemperature(rules: string | undefined, found: Calibrated): Promise<string> {
  const file = join(rules ?? (await defaultRulesDir()), 'pack.yml')
  const doc = parseDocument(await readFile(file, 'utf8'))
  doc.setIn(['calibration', 'temperature'], found.fitted.temperature)
  doc.setIn(['calibration', 'fitted_on'], `${found.timeouts} timeouts of ${found.scenarios} labelled scenarios`)
  doc.setIn(
    ['calibration', 'measure'],
    `each scenario by the others: ece ${found.leftOut.ece}, loss ${found.leftOut.loss} bits`,
  )
  await writeFile(file, doc.toString({ lineWidth: 0 }))
  return file
}
