import { defineConfig } from "vitest/config"

// Not "import": vitest hands these on to Node, where `require("ws")` would then get an ES module.
const source = {
  resolve: { conditions: ["@headend/source", "node"] },
  ssr: { resolve: { conditions: ["@headend/source", "node"] } }
}

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "examples/test/**/*.test.ts"],
          exclude: ["**/*.integration.test.ts", "**/node_modules/**"],
          testTimeout: 60_000
        }
      },
      {
        ...source,
        test: {
          name: "integration",
          include: [
            "packages/*/test/**/*.integration.test.ts",
            "apps/*/test/**/*.integration.test.ts",
            "examples/test/**/*.integration.test.ts",
            "integration/test/**/*.test.ts"
          ],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000
        }
      }
    ]
  }
})
