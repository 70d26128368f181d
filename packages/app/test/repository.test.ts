// Where the packages say that they come from: known from where they are published, and never with a password in it.
import { assert, describe, it } from "@effect/vitest"
import { addressOf, repository } from "../../../scripts/repository.mjs"

const nowhere = () => undefined

describe("the repository of the packages", () => {
  it("is written as npm wants it, however git has it, without user, password and port of ssh", () => {
    const expected = "git+https://git.example/acme/headend.git"
    for (
      const given of [
        "https://git.example/acme/headend",
        "https://git.example/acme/headend.git/",
        "https://robot:token@git.example/acme/headend.git",
        "git@git.example:acme/headend.git",
        "ssh://git@git.example:2222/acme/headend.git",
        "git+https://git.example/acme/headend.git"
      ]
    ) assert.strictEqual(addressOf(given), expected, given)
    assert.strictEqual(addressOf("https://git.example:8443/a/b"), "git+https://git.example:8443/a/b.git")
  })

  it("is none where what is known leads nowhere from outside", () => {
    for (
      const given of [
        "/srv/git/headend.git",
        "../headend",
        "file:///srv/headend.git",
        "headend",
        "https://git.example/",
        ""
      ]
    ) {
      assert.isUndefined(addressOf(given), given)
    }
  })

  it("is what is set, else what the CI says, else git's origin, else unknown", () => {
    const ci = { GITHUB_SERVER_URL: "https://git.example", GITHUB_REPOSITORY: "acme/ci" }
    const origin = () => "git@git.example:acme/origin.git"
    assert.match(repository({ ...ci, REPOSITORY_URL: "https://git.example/acme/set" }, origin) ?? "", /acme\/set\.git$/)
    assert.match(repository(ci, origin) ?? "", /acme\/ci\.git$/)
    assert.match(
      repository({ CI_PROJECT_URL: "https://git.example/acme/project" }, origin) ?? "",
      /acme\/project\.git$/
    )
    assert.match(repository({ REPOSITORY_URL: "" }, origin) ?? "", /acme\/origin\.git$/)
    assert.isUndefined(repository({}, nowhere))
  })
})
