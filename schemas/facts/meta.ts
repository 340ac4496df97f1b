export type FactMeta = {
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: string
  readonly description: string
}

export const number = (description: string, unit?: string): FactMeta => ({
  type: 'number',
  description,
  ...(unit && { unit }),
})
export const string = (description: string): FactMeta => ({ type: 'string', description })
export const boolean = (description: string): FactMeta => ({ type: 'boolean', description })
