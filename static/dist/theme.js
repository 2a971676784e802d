(()=>{var e=document.documentElement,t=localStorage.getItem("theme");(t==="light"||t==="dark")&&(e.dataset.theme=t);e.classList.add("js");})();
