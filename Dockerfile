# kpi-bot in a small image: no compiler, no root, and nothing written outside /data and /tmp (docs/deploy.md).
ARG PYTHON=3.11
FROM docker.io/library/python:${PYTHON}-slim AS build
WORKDIR /source
RUN python -m venv /opt/kpi-bot
COPY constraints.txt requirements.txt ./
# the dependencies alone, so that a change of the code doesn't install them again
RUN grep -v '^\.' requirements.txt > /tmp/locked.txt \
 && /opt/kpi-bot/bin/pip install --no-cache-dir --requirement /tmp/locked.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY kpi_engine kpi_engine
COPY bot bot
RUN /opt/kpi-bot/bin/pip install --no-cache-dir --constraint constraints.txt . \
 && find /opt/kpi-bot -type d -name tests -prune -exec rm -rf {} + \
 && /opt/kpi-bot/bin/pip uninstall --yes setuptools pip

FROM docker.io/library/python:${PYTHON}-slim
RUN groupadd --gid 10001 kpi && useradd --uid 10001 --gid kpi --home-dir /data --no-create-home kpi \
 && install --directory --owner kpi --group kpi --mode 0700 /data
COPY --from=build /opt/kpi-bot /opt/kpi-bot
ENV PATH=/opt/kpi-bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    XDG_CACHE_HOME=/tmp/cache \
    KPI_STORE_URL=sqlite:////data/kpi-bot.sqlite
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 3000
ENTRYPOINT ["kpi-bot"]
CMD ["serve"]
