"""How the app looks: colours, type, icons, and arrays as pictures."""
