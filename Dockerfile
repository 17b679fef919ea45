# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE spa.toml agent.py api.py bot.py bug_reports.py chores.py course.py database.py drain.py monitoring.py office.py receptionist.py server.py setting_values.py settings.py tracing.py ./
COPY booking booking
COPY browser_phone browser_phone
COPY calendars calendars
COPY calls calls
COPY cli cli
COPY dashboard dashboard
COPY doctor doctor
COPY messaging messaging
COPY migrations migrations
COPY privacy privacy
COPY processors processors
COPY prompts prompts
COPY realtime realtime
COPY replay replay
COPY simulator simulator
COPY telephony telephony
COPY tools tools
COPY webhooks webhooks
RUN /venv/bin/pip install --no-cache-dir --no-deps --config-settings editable_mode=compat --editable . \
    && /venv/bin/pip uninstall --yes pip \
    && python -m compileall -q /app

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data spaline && install -d -o spaline /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    LOG_FORMAT=json \
    SPA_FILE=/app/spa.toml \
    DATABASE_URL=sqlite+aiosqlite:////data/spaline.db
WORKDIR /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 8000)}/health\", timeout=2)"]
CMD ["spaline", "serve"]
