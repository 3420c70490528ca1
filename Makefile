# Every command prepares what it needs first (deploy/setup.sh); only python3, make and git must be there.
# With DATABASE_URL and REDIS_URL set, all of them use those servers instead of the embedded ones.

# Where PYTHONDONTWRITEBYTECODE is set, every test process and every worker would compile the whole portal anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo clean-demo test checks lint rehearsal fault-storm bench

PY := .venv/bin/python
RUNS ?= 1000
SEED ?= 0
STEP := @printf '▶ %s\n'

help: ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## 准备运行环境（其他命令会自动执行）
	@deploy/setup.sh

setup-tests:
	@deploy/setup.sh --tests

demo: setup ## 演示：跑一届完整评审，并在 http://127.0.0.1:8000/ 打开门户（PORT 可换端口）
	@$(PY) -m foshan_quality.demo

clean-demo: ## 清除演示数据（var/ 下的全部内容）
	@$(firstword $(wildcard $(PY)) python3) -P foshan_quality/embedded.py forget var/embedded var/test \
		$(patsubst %/users.lock,%,$(wildcard var/*/users.lock))
	@rm -rf var
	$(STEP) "演示数据已清除；外部数据库（DATABASE_URL）不受影响"

test: lint ## 全部检查与测试
	@PORTAL=local $(PY) -m foshan_quality.embedded run var/test -- $(MAKE) --no-print-directory checks

# The checks themselves, on services that `test` has started.
checks:
	$(STEP) "检查：模型与迁移一致"
	@$(PY) manage.py makemigrations --check --dry-run
	$(STEP) "检查：生产配置"
	@PORTAL=production ALLOWED_HOSTS=quality.example SITE_URL=https://quality.example \
		SECRET_KEY=made-up-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH \
		SIGNING_KEY_FILE=/etc/quality/signing.p12 \
		ACCOUNT_KEYS=bWFkZS11cC1mb3ItdGhpcy1jaGVjay0wMTIzNDU2Nzg= \
		$(PY) manage.py check --deploy --fail-level WARNING
	$(STEP) "测试"
	@$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: setup-tests ## 代码风格与依赖方向
	$(STEP) "检查：代码风格"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	$(STEP) "检查：依赖方向"
	@.venv/bin/lint-imports

rehearsal: setup ## 演练一届评审，结果写入 var/rehearsal.json
	@$(PY) manage.py rehearse --json var/rehearsal.json

fault-storm: setup ## 故障风暴：在各故障点打断支付一千次（RUNS 可改，SEED 从哪里起），结果写入 var/fault_storm.json
	@PORTAL=local $(PY) -m tests.storm --runs $(RUNS) --seed $(SEED) --kills 10 --control --json var/fault_storm.json

bench: setup ## 测速，结果写入 var/bench.json
	@$(PY) -m pip install -q -r awards/benchmarks/requirements.txt
	@PORTAL=local MEDIA_ROOT=$(CURDIR)/var/bench-files TREASURY_ROOT=$(CURDIR)/var/bench-files/treasury \
		$(PY) -m foshan_quality.embedded run var/bench -- $(PY) manage.py bench --json var/bench.json
