import { type ChildProcess, spawn } from 'node:child_process'

/** Tests and benches run at the root of the project. */
const ROOT = process.cwd()
const NOWHERE = 'http://127.0.0.1:1'

/** `whytimeout stream` as users run it. */
export type Program = {
  readonly gone: Promise<string>
  /** What it wrote, logs and errors together. */
  readonly written: () => string
  /** Its own pages; a closed port until it says where it listens. */
  readonly url: () => string
  readonly signal: (s: NodeJS.Signals) => void
}

/** @param stage  one of the two stages, or both in one process */
export function startProgram(
  config: string,
  stage?: 'parse' | 'diagnose',
  nodeOptions: readonly string[] = [],
): Program {
  const argv = ['dist/pipeline/cli/main.js', 'stream', '--config', config, ...(stage ? ['--stage', stage] : [])]
  const child: ChildProcess = spawn(process.execPath, [...nodeOptions, ...argv], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      written += chunk.toString('utf8')
    })
  return {
    /** Exit code, or the signal that ended it. */
    gone: new Promise<string>((resolve) => child.once('exit', (code, s) => resolve(s ?? String(code)))),
    written: () => written,
    url: () => /"addresses":\["([^"]+)"/.exec(written)?.[1] ?? NOWHERE,
    signal: (s) => child.kill(s),
  }
}
