import { BrokenDocument, createDocumentReader, isDocument } from '../parse/json-document.js'
import { type Line, linesIn } from '../sources/lines.js'

/** What is given to the JSON reader at once: a fault in it costs at most so much of what is whole. */
const PIECE = 16 * 1024

/**
 * The lines of a file; of a JSON document (an array, a wrapped export) a line for each of its records, with the number of the line where it ends. Where a document
 * breaks off, the rest is read as lines.
 */
export async function* recordLines(text: AsyncIterable<string>): AsyncGenerator<readonly Line[]> {
  const pieces = text[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done) return
  const whole = (head: string): AsyncIterable<string> => ({
    [Symbol.asyncIterator]: async function* () {
      yield head
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
    },
  })
  if (isDocument(first.value)) yield* documentLines(whole(first.value), whole)
  else yield* linesIn(whole(first.value))
}

async function* documentLines(
  text: AsyncIterable<string>,
  whole: (head: string) => AsyncIterable<string>,
): AsyncGenerator<readonly Line[]> {
  const reader = createDocumentReader()
  let number = 1
  const numbered = (records: readonly string[]): Line[] => records.map((record) => ({ text: record, number }))
  for await (const piece of text) {
    for (let at = 0; at < piece.length; ) {
      const end = endOfPart(piece, at)
      const part = piece.slice(at, end)
      try {
        const lines = numbered(reader.push(part))
        if (lines.length > 0) yield lines
      } catch (error) {
        if (!(error instanceof BrokenDocument)) throw error
        yield numbered([...error.records, ...reader.end()])
        yield* remaining(whole(piece.slice(at)), number - 1)
        return
      }
      if (piece[end - 1] === '\n') number++
      at = end
    }
  }
  yield numbered(reader.end())
}

/** Behind a line end, or as much as is given at once. */
function endOfPart(piece: string, at: number): number {
  const newline = piece.indexOf('\n', at)
  return newline < 0 || newline >= at + PIECE ? Math.min(piece.length, at + PIECE) : newline + 1
}

/** An element of an array in a line of its own is an object again without its comma. */
const ELEMENT = /^\s{0,64}[[,]?\s{0,64}(\{.*\})\s{0,64},?\s{0,64}\]?\s{0,64}$/s

async function* remaining(text: AsyncIterable<string>, before: number): AsyncGenerator<readonly Line[]> {
  for await (const lines of linesIn(text))
    yield lines.map((l) => ({ text: ELEMENT.exec(l.text)?.[1] ?? l.text, number: l.number + before }))
}
