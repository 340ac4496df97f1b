import { WhytimeoutError } from '../../errors.js'
import { EarlyEnd, restOf } from './byte-reader.js'
import { type Guard, uncompressed } from './compressed.js'
import { isTarHeader, tarMembers } from './tar.js'
import { isZip, zipMembers } from './zip.js'

/** A file in a bundle. */
export type Member = {
  /** latin1, as the bundle has it. */
  readonly path: string
  /** As it says itself; 0 where it does not. */
  readonly bytes: number
  /** Left in the middle, it can be gone on with until the next member is asked for. */
  readonly content: AsyncIterable<Buffer>
}

/** A bundle in a bundle in a bundle is read; deeper ones are taken as they are. */
const MOST_DEEP = 3
const MOST_MEMBERS = 200_000
const TAR_BLOCK = 512

/**
 * The content of a file with its compression taken off, and what lies in it if it is a bundle (tar, zip, one in another). Nothing is written anywhere,
 * so a member's path may say what it likes: it is only a name.
 */
export async function opened(
  source: AsyncIterable<Uint8Array>,
  guard: Guard,
): Promise<{ readonly content: AsyncIterable<Buffer>; readonly members?: AsyncGenerator<Member> }> {
  return open(source, guard, { depth: 0, count: 0 })
}

type Depth = { readonly depth: number; count: number }

async function open(source: AsyncIterable<Uint8Array>, guard: Guard, at: Depth) {
  const reader = await uncompressed(source, guard)
  const head = at.depth < MOST_DEEP ? await reader.peek(TAR_BLOCK) : Buffer.alloc(0)
  const inside = isZip(head) ? zipMembers(reader) : isTarHeader(head) ? tarMembers(reader) : undefined
  const content = restOf(reader)
  return inside ? { content, members: flattened(inside, guard, at) } : { content }
}

async function* flattened(inside: AsyncGenerator<Member>, guard: Guard, at: Depth): AsyncGenerator<Member> {
  for (;;) {
    const next = await inside.next().catch((error: unknown) => {
      throw error instanceof EarlyEnd ? new WhytimeoutError('INPUT_TRUNCATED', 'the bundle ends too early') : error
    })
    if (next.done) return
    const member = next.value
    if (++at.count > MOST_MEMBERS)
      throw new WhytimeoutError('INPUT_TOO_LARGE', `it holds more than ${MOST_MEMBERS} files`)
    if (!isLog(member.path)) continue
    const deeper = { depth: at.depth + 1, count: at.count }
    const { content, members } = await open(member.content, guard, deeper).catch((error: unknown) => {
      throw placed(error, member.path)
    })
    if (members) for await (const inner of members) yield { ...inner, path: `${member.path}!${inner.path}` }
    else yield { ...member, content: named(content, member.path) }
    at.count = deeper.count
  }
}

/** Folders' own entries, hidden files and what macOS puts beside them are no logs. */
const isLog = (path: string): boolean =>
  !path.endsWith('/') && !/(?:^|[/\\])(?:\.(?!\.?(?:$|[/\\]))|__MACOSX(?:$|[/\\]))/.test(path)

function placed(error: unknown, path: string): unknown {
  if (error instanceof EarlyEnd) return new WhytimeoutError('INPUT_TRUNCATED', 'the bundle ends too early', path)
  return error instanceof WhytimeoutError && error.place === undefined
    ? new WhytimeoutError(error.code, error.message, path, { cause: error })
    : error
}

function named(content: AsyncIterable<Buffer>, path: string): AsyncIterable<Buffer> {
  const iterator = content[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        iterator.next().catch((error: unknown) => {
          throw placed(error, path)
        }),
    }),
  }
}
