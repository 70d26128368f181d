/**
 * UTF-8. Every runtime has these two classes; TypeScript knows them only from the libraries of browsers and of Node,
 * which core has no business with.
 */
declare const TextEncoder: new() => { readonly encode: (text: string) => Uint8Array<ArrayBuffer> }
declare const TextDecoder: new() => { readonly decode: (bytes: Uint8Array) => string }

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const encode = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)
