/** Elements are made here, and their text is set as text: nothing of a log is ever read as markup. */
type Child = Node | string | number | undefined | false
type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>

const SVG = 'http://www.w3.org/2000/svg'

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  for (const child of children) {
    if (child === undefined || child === false) continue
    element.append(child instanceof Node ? child : String(child))
  }
  return element
}

/** An HTML element; an attribute that is a function listens to the event of that name. */
export const el = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => fill(document.createElement(tag), attributes, children)

export const svg = (tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement =>
  fill(document.createElementNS(SVG, tag) as SVGElement, attributes, children)

export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element ${id}`)
  return found
}

/** JSON of a data block of the page. */
export const readBlock = <T>(name: string): T => JSON.parse(byId(`${name}-json`).textContent ?? 'null') as T
