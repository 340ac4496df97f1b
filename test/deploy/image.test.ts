import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read } from './tables.js'

type Instruction = { readonly name: string; readonly words: readonly string[] }
const instructions: readonly Instruction[] = read('deploy/Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', ...words] = line.split(/\s+/)
    return { name, words }
  })
const of = (name: string) => instructions.filter((i) => i.name === name).map((i) => i.words)
const last = instructions.slice(instructions.findLastIndex((i) => i.name === 'FROM'))
const allowed = read('deploy/Dockerfile.dockerignore')
  .split('\n')
  .filter((l) => l.startsWith('!'))
  .map((l) => l.slice(1))

describe('the image', () => {
  test('every file that it copies is there, and the context has it', () => {
    const sources = of('COPY')
      .filter(([first]) => !first?.startsWith('--from='))
      .flatMap((words) => words.slice(0, -1))
    expect(sources.length).toBeGreaterThan(10)
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true)
      expect(
        allowed.some((a) => source === a || source.startsWith(`${a}/`)),
        `${source} in .dockerignore`,
      ).toBe(true)
    }
    for (const path of allowed) expect(existsSync(join(ROOT, path)), path).toBe(true)
  })
  test('stages are of one pinned Node.js that the tests run on', () => {
    const images = new Set(of('FROM').map(([image]) => image))
    expect(images.size).toBe(1)
    const version = /^node:(\d+\.\d+\.\d+)-/.exec([...images][0] ?? '')?.[1]
    expect(read('.ci/run')).toContain(version)
  })
  test('runs as a numbered user that is not root, and gets its signals', () => {
    expect(of('USER').flat()).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)])
    expect(last.some((i) => i.name === 'ENTRYPOINT' && i.words[0]?.startsWith('['))).toBe(true)
  })
  test('laid out as it says, the program works from there', () => {
    const dir = mkdtempSync(join(tmpdir(), 'image-'))
    try {
      for (const { name, words } of last) {
        if (name !== 'COPY') continue
        const from = words[0]?.startsWith('--from=') ? words.slice(1) : words
        const to = from.at(-1) as string
        for (const source of from.slice(0, -1)) {
          const path = source.replace(/^\/src\//, '')
          const target = to.endsWith('/') ? join(dir, to, path) : join(dir, to)
          mkdirSync(dirname(target), { recursive: true })
          if (path === 'node_modules') symlinkSync(join(ROOT, path), target)
          else cpSync(join(ROOT, path), target, { recursive: true })
        }
      }
      const run = (...args: readonly string[]) =>
        execFileSync(process.execPath, [join(dir, 'dist/pipeline/cli/main.js'), ...args], {
          cwd: tmpdir(),
          encoding: 'utf8',
        })
      expect(run('--version')).toBe(`whytimeout ${JSON.parse(read('package.json')).version}\n`)
      expect(JSON.parse(run('rules', 'list', '--json')).length).toBeGreaterThan(20)
      const { files } = JSON.parse(read('package.json')) as { files: readonly string[] }
      // All that the package has, the image has too; an example to copy from is no part of it.
      for (const path of files.filter((f) => !f.startsWith('!') && f !== 'whytimeout.example.yml'))
        expect(existsSync(join(dir, path)), path).toBe(true)
    } finally {
      rmSync(dir, { recursive: true })
    }
  }, 60_000)
})

describe('its health check', () => {
  const check = async (status: number | undefined): Promise<number | null> => {
    let server: Server | undefined
    let port = 1
    if (status !== undefined) {
      const opened = createServer((request, response) => {
        response.statusCode = request.url === '/healthz' ? status : 404
        response.end()
      })
      await new Promise<void>((done) => opened.listen(0, '127.0.0.1', done))
      port = (opened.address() as AddressInfo).port
      server = opened
    }
    const child = spawn(process.execPath, [join(ROOT, 'deploy/healthcheck.mjs')], {
      env: { ...process.env, WHYTIMEOUT_HEALTH_PORT: String(port) },
    })
    const code = await new Promise<number | null>((done) => child.on('exit', done))
    server?.close()
    return code
  }
  test('follows /healthz', async () => {
    expect(await check(200)).toBe(0)
    expect(await check(503)).toBe(1)
    expect(await check(undefined)).toBe(1)
  })
})
