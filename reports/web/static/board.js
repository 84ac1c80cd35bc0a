const address = new URL("ws", location).href.replace("http", "ws");
document.getElementById("terminal").dataset.sessionWebsocketUrl = address;
document.getElementById("again").onclick = () => location.reload();
const begin = window.onload; // textual.js measures the font, which must be there
window.onload = async () => {
  await document.fonts.load('16px "Roboto Mono"');
  begin();
  document.querySelector(".xterm-helper-textarea").focus();
};
