import { WhytimeoutError } from '../errors.js'

/** A whole number from 1 to `most`. @throws WhytimeoutError USAGE */
export function numberOption(text: string, option: string, most: number): number {
  if (!/^[1-9]\d{0,15}$/.test(text) || Number(text) > most)
    throw new WhytimeoutError('USAGE', `"${text}" is no whole number from 1 to ${most}`, option)
  return Number(text)
}
