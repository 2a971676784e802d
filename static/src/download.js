export const save = (name, href) => {
  const link = document.createElement("a");
  link.download = name;
  link.href = href;
  link.click();
};

export const fileName = (figure) => figure.querySelector("h2").textContent.trim().slice(0, 60);
