import { z } from 'zod'
import { Config } from './config.js'

/** One key of `whytimeout.yml`, as people read about it. */
export type ConfigKey = {
  /** From the root, such as `kafka.sasl.username`. */
  readonly path: string
  readonly takes: string
  readonly description: string
  readonly zh: string
  readonly isRequired: boolean
  /** As it would be written; absent where there is none. */
  readonly default: string | undefined
  /** Whether further keys stand below it. */
  readonly isMap: boolean
}

/** Every key of the configuration, each map before what is in it. */
export const CONFIG_KEYS: ReadonlyMap<string, ConfigKey> = new Map(keysOf(Config, '').map((k) => [k.path, k]))

/** Keys right below a path; the root is ''. */
export const keysBelow = (path: string): readonly string[] => {
  const start = path === '' ? '' : `${path}.`
  return [...CONFIG_KEYS.keys()]
    .filter((k) => k.startsWith(start) && !k.slice(start.length).includes('.'))
    .map((k) => k.slice(start.length))
}

/** The key that stands at a path, or the nearest one above it. */
export function keyAt(path: readonly PropertyKey[]): ConfigKey | undefined {
  for (let n = path.length; n > 0; n--) {
    const found = CONFIG_KEYS.get(path.slice(0, n).join('.'))
    if (found) return found
  }
  return undefined
}

function keysOf(map: z.ZodObject, above: string): ConfigKey[] {
  return Object.entries(map.shape as Record<string, z.ZodType>).flatMap(([name, type]) => {
    const path = above + name
    const { takes = '', description = '', zh = '' } = (type.meta() ?? {}) as Partial<ConfigKey>
    const inner = mapIn(type)
    const own: ConfigKey = {
      path,
      takes,
      description,
      zh,
      isRequired: !type.safeParse(undefined).success,
      default: type instanceof z.ZodDefault ? JSON.stringify(type.def.defaultValue) : undefined,
      isMap: inner !== undefined,
    }
    return [own, ...(inner ? keysOf(inner, `${path}.`) : [])]
  })
}

/** The map in a type, behind what is around it. */
function mapIn(type: unknown): z.ZodObject | undefined {
  if (type instanceof z.ZodObject) return type
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return mapIn(type.unwrap())
  if (type instanceof z.ZodUnion) return type.options.map(mapIn).find((m) => m !== undefined)
  return undefined
}
