import { defineConfig } from "vitest/config";

// Tests that need a page say so themselves; to make one takes longer than most tests.
export default defineConfig({
  test: { environment: "node", include: ["test/**/*.test.ts"] },
});
