import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: { isolate: false }, // a world for each file takes 50 s more; tests clean up after themselves
});
