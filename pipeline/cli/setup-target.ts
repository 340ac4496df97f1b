import type { AnyConfig } from '../run/config.js'
import type { Io, OptionSpec, Values } from './command.js'

type Specs = Readonly<Record<string, OptionSpec>>

/** Something that `whytimeout setup` prepares, with options of its own; all have --dry-run. */
export type SetupTarget = {
  readonly options: Specs
  /** @returns the exit code. Running it again changes nothing. */
  readonly run: (config: AnyConfig, values: Readonly<Record<string, unknown>>, io: Io) => Promise<number>
}
export const SHARED = {
  'dry-run': { type: 'boolean', about: { en: 'only say what would be done', zh: '只显示将执行的操作' } },
} as const satisfies Specs

/** A target whose values are typed by its options. */
export const defineTarget = <const S extends Specs>(target: {
  readonly options: S
  readonly run: (config: AnyConfig, values: Values<S & typeof SHARED>, io: Io) => Promise<number>
}): SetupTarget => ({
  ...target,
  run: (config, values, io) => target.run(config, values as Values<S & typeof SHARED>, io),
})
