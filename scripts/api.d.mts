export interface Exported {
  readonly name: string
  readonly comment: string
  readonly code: string
}
export interface Module {
  readonly module: string
  readonly opening: string
  readonly exported: ReadonlyArray<Exported>
}
export interface Package {
  readonly folder: string
  readonly name: string
  readonly says: string
  readonly modules: ReadonlyArray<Module>
}
export const packages: () => ReadonlyArray<Package>
export const pagesOf: (one: Package) => Readonly<Record<string, string>>
