import fc from 'fast-check'

/** ISO/IEC 7812-1 annex B: the digit that makes a number pass. */
export const luhnDigit = (body: string): string => {
  let sum = 0
  for (let i = 0; i < body.length; i++) {
    const d = Number(body[body.length - 1 - i])
    sum += i % 2 === 1 ? d : d > 4 ? d * 2 - 9 : d * 2
  }
  return String((10 - (sum % 10)) % 10)
}

/** Account numbers by real brands' prefixes and lengths. */
export const pan: fc.Arbitrary<string> = fc
  .constantFrom(
    ['4', 16],
    ['4', 13],
    ['4', 19],
    ['51', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['3528', 16],
    ['36', 14],
    ['62', 16],
    ['62', 19],
    ['5018', 13],
  )
  .chain(([prefix, length]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: (length as number) - 1 - (prefix as string).length,
        maxLength: (length as number) - 1 - (prefix as string).length,
      })
      .map((rest) => {
        const body = `${prefix}${rest.join('')}`
        return body + luhnDigit(body)
      }),
  )
