"""What a password must be, said to its owner as every other page speaks to people; Django judges it."""

from django.contrib.auth import password_validation as stock


class LongEnough(stock.MinimumLengthValidator):
    def get_help_text(self):
        return f"密码至少 {self.min_length} 个字符。"

    def get_error_message(self):
        return f"密码太短，至少要 {self.min_length} 个字符。"


class UnlikeOneself(stock.UserAttributeSimilarityValidator):
    def get_help_text(self):
        return "密码不要与您的姓名、邮箱相近。"

    def get_error_message(self):
        return "密码与您的姓名或者邮箱太相近。"


class Uncommon(stock.CommonPasswordValidator):
    def get_help_text(self):
        return "密码不要用很多人都在用的，例如 password1234。"

    def get_error_message(self):
        return "这个密码很多人都在用，容易被猜中。"


class NotOnlyDigits(stock.NumericPasswordValidator):
    def get_help_text(self):
        return "密码不能全是数字。"

    def get_error_message(self):
        return "密码全是数字，请加上字母。"
