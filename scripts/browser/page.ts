import type { Browser } from './devtools.js'

type Params = Readonly<Record<string, unknown>>
/** In CSS pixels; `scale` pixels of the picture for each. */
type Size = { readonly width: number; readonly height: number; readonly scale?: number }
export type Look = { readonly size?: Size; readonly dark?: boolean; readonly print?: boolean }

/** A tab, with everything it complained of and everything it asked for. */
export type Page = {
  /** What a person would see as red in the console: errors, exceptions, violations of the page's policy. */
  readonly problems: readonly string[]
  /** Addresses that were requested, the document's own aside. */
  readonly requests: readonly string[]
  readonly goTo: (url: string) => Promise<void>
  readonly reload: () => Promise<void>
  /** @param expression  JavaScript whose value, awaited, can be JSON */
  readonly evaluate: <T = unknown>(expression: string) => Promise<T>
  /** Until the expression is true. @throws after ten seconds */
  readonly until: (expression: string) => Promise<void>
  /** A key as a person presses it: Tab, Enter, Escape, ArrowDown, a letter. */
  readonly press: (key: string, more?: { readonly shift?: boolean }) => Promise<void>
  readonly type: (text: string) => Promise<void>
  readonly look: (look: Look) => Promise<void>
  /** PNG. */
  readonly screenshot: (options?: { readonly whole?: boolean }) => Promise<Buffer>
  readonly send: (method: string, params?: Params) => Promise<Params>
  readonly close: () => Promise<void>
}

const KEY_CODES: Readonly<Record<string, number>> = {
  ...{ Tab: 9, Enter: 13, Escape: 27, ' ': 32, End: 35, Home: 36 },
  ...{ ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 },
}
const PATIENCE_MS = 10_000

export async function openPage(browser: Browser): Promise<Page> {
  const problems: string[] = []
  const requests: string[] = []
  let loaded: (() => void) | undefined
  let document = ''
  const { sessionId, close } = await browser.open((method, params) => {
    if (method === 'Page.loadEventFired') loaded?.()
    const problem = problemOf(method, params)
    if (problem !== undefined) problems.push(problem)
    if (method === 'Network.requestWillBeSent') {
      const { url } = params.request as { url: string }
      if (url.split('#')[0] !== document) requests.push(url)
    }
  })
  const send = (method: string, params?: Params) => browser.send(method, params, sessionId)
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Audits']) await send(`${domain}.enable`)

  const loading = async (start: () => Promise<unknown>): Promise<void> => {
    const done = new Promise<void>((resolve) => {
      loaded = resolve
    })
    await start()
    await done
  }
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    })) as { result: { value: T }; exceptionDetails?: { text: string; exception?: { description?: string } } }
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  return {
    problems,
    requests,
    send,
    close,
    evaluate,
    goTo: (url) => {
      document = url.split('#')[0] ?? ''
      return loading(() => send('Page.navigate', { url }))
    },
    reload: () => loading(() => send('Page.reload')),
    until: async (expression) => {
      const began = Date.now()
      while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
        if (Date.now() - began > PATIENCE_MS) throw new Error(`never came true: ${expression}`)
        await new Promise((go) => setTimeout(go, 20))
      }
    },
    press: async (key, { shift = false } = {}) => {
      const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined
      const of = {
        key,
        windowsVirtualKeyCode: KEY_CODES[key] ?? key.toUpperCase().charCodeAt(0),
        modifiers: shift ? 8 : 0,
      }
      await send('Input.dispatchKeyEvent', {
        ...of,
        type: text === undefined ? 'rawKeyDown' : 'keyDown',
        ...(text && { text }),
      })
      await send('Input.dispatchKeyEvent', { ...of, type: 'keyUp' })
    },
    type: async (text) => void (await send('Input.insertText', { text })),
    look: async ({ size, dark, print }) => {
      if (size) {
        const { scale = 1, ...pixels } = size
        await send('Emulation.setDeviceMetricsOverride', { ...pixels, deviceScaleFactor: scale, mobile: false })
      }
      await send('Emulation.setEmulatedMedia', {
        media: print ? 'print' : '',
        features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
      })
    },
    screenshot: async ({ whole = false } = {}) => {
      const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole })
      return Buffer.from(data as string, 'base64')
    },
  }
}

function problemOf(method: string, params: Params): string | undefined {
  if (method === 'Runtime.exceptionThrown') {
    const { text, exception } = params.exceptionDetails as { text: string; exception?: { description?: string } }
    return `exception: ${exception?.description ?? text}`
  }
  if (method === 'Runtime.consoleAPICalled' && (params.type === 'error' || params.type === 'assert'))
    return `console: ${JSON.stringify((params.args as { value?: unknown; description?: string }[]).map((a) => a.value ?? a.description))}`
  if (method === 'Log.entryAdded') {
    const { level, text } = params.entry as { level: string; text: string }
    return level === 'error' ? `log: ${text}` : undefined
  }
  if (method === 'Audits.issueAdded') {
    const { code, details } = params.issue as { code: string; details: Params }
    return code === 'ContentSecurityPolicyIssue' ? `policy: ${JSON.stringify(details)}` : undefined
  }
  return undefined
}
