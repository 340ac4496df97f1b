/** Marks for a terminal that shows colours; elsewhere the text as it is. */
type Screen = { readonly color: boolean }

export const bold = (text: string, { color }: Screen): string => (color ? `\u001b[1m${text}\u001b[0m` : text)
export const dim = (text: string, { color }: Screen): string => (color ? `\u001b[2m${text}\u001b[0m` : text)
