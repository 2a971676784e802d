# One image for web, worker, beat and migrations. Built in two stages: what builds does not stay.
# TORCH_INDEX names the index of PyTorch's builds for the CPU; without it pip takes that with CUDA.
FROM python:3.11-slim-bookworm AS build

ARG TORCH_INDEX=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv /opt/venv
RUN test -z "$TORCH_INDEX" || /opt/venv/bin/pip install --no-deps --index-url "$TORCH_INDEX" \
    "$(grep '^torch==' requirements.txt)"
RUN /opt/venv/bin/pip install -r requirements.txt

FROM python:3.11-slim-bookworm

RUN useradd --create-home --uid 10001 cba && install -d -o cba -g cba /var/lib/cba-home
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=cba_site.settings \
    CBA_HOME=/var/lib/cba-home \
    POLARS_MAX_THREADS=2 \
    OMP_NUM_THREADS=2 \
    OMP_WAIT_POLICY=PASSIVE \
    OPENBLAS_NUM_THREADS=1
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
# The files that pages ask for, collected once; STATIC_ROOT lies outside the volume of CBA_HOME.
ENV STATIC_ROOT=/app/collected
RUN CBA_HOME=/tmp/cba-build SECRET_KEY=build DATA_KEY=build ERASURE_KEY=build \
    python -m django collectstatic --no-input && rm -rf /tmp/cba-build
USER cba
VOLUME /var/lib/cba-home
EXPOSE 8000
CMD ["gunicorn", "cba_site.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "1", "--threads", "8", "--timeout", "120", "--no-control-socket", \
     "--config", "python:cba_site.gunicorn_worker"]
