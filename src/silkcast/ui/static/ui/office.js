// The back office's theme marks no part of its pages as the main one.
addEventListener("DOMContentLoaded", () => document.getElementById("content")?.setAttribute("role", "main"));
