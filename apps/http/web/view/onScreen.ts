// Whether something is on the screen, or nearly: of hundreds of broadcasts few are, and only their figures are drawn.
import type { RefObject } from "preact"
import { useEffect, useState } from "preact/hooks"

const tell = new WeakMap<Element, (isOnScreen: boolean) => void>()

let shared: IntersectionObserver | undefined

const observer = (): IntersectionObserver =>
  shared ??= new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) tell.get(target)?.(isIntersecting)
  }, { rootMargin: "400px 0px" })

export const useOnScreen = (element: RefObject<Element | null>): boolean => {
  const [isOnScreen, set] = useState(false)
  useEffect(() => {
    const observed = element.current
    if (observed === null) return
    tell.set(observed, set)
    observer().observe(observed)
    return () => {
      observer().unobserve(observed)
      tell.delete(observed)
    }
  }, [])
  return isOnScreen
}
