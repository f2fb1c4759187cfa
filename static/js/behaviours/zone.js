// Where an account is opened, says which time zone the browser lives in; the server guesses from the country otherwise.
for (const input of document.querySelectorAll("[data-zone]")) {
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
