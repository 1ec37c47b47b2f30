"""The terms of the course, each in English and Chinese with its meaning: one table for window, documentation and code.

A term that names a family of layers, a layer, a loss, a metric or a setting is written as its title is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.values import Frozen


@dataclass(frozen=True)
class Term:
    """One term of the field."""

    title: Message
    chinese: str
    """The Chinese term of textbooks of deep learning."""
    meaning: Message
    """One sentence."""


TERMS: Mapping[str, Term] = Frozen(
    {
        # What a network is made of.
        "cnn": Term(
            _("Convolutional neural network"),
            "卷积神经网络",
            _("A network that finds features in pictures by means of convolutions; CNN for short."),
        ),
        "layer": Term(_("Layer"), "层", _("One step of a network: it makes its output from its inputs.")),
        "weight": Term(_("Weight"), "权重", _("A number that training changes and that inputs are multiplied by.")),
        "bias": Term(_("Bias"), "偏置", _("A number that training changes and that is added to a weighted sum.")),
        "channel": Term(
            _("Channel"),
            "通道",
            _("One of the maps that lie over each other, such as the red, green and blue of a colour picture."),
        ),
        "feature_map": Term(
            _("Feature map"),
            "特征图",
            _("The output of one filter: how strongly its feature is present at each place."),
        ),
        "convolution": Term(
            _("Convolution"),
            "卷积",
            _("At each place, the sum of a window of the input times a kernel; PyTorch’s layer is Conv2d."),
        ),
        "kernel": Term(
            _("Kernel"), "卷积核", _("The small grid of weights that a convolution moves over one input channel.")
        ),
        "filter": Term(
            _("Filter"), "滤波器", _("The kernels over all input channels that together make one feature map.")
        ),
        "stride": Term(_("Stride"), "步幅", _("How many pixels a window moves from one place to the next.")),
        "padding": Term(
            _("Padding"), "填充", _("Pixels added around the maps, so that a kernel also fits at the edge.")
        ),
        "dilation": Term(
            _("Dilation"), "空洞率", _("The distance between the pixels that a kernel reads; 1 if they are neighbours.")
        ),
        "receptive_field": Term(
            _("Receptive field"), "感受野", _("The part of the picture that one value can depend on.")
        ),
        "pooling": Term(
            _("Pooling"),
            "池化",
            _("Makes maps smaller by one number for each window, such as its maximum or its mean."),
        ),
        "global_average_pooling": Term(
            _("Global average pooling"), "全局平均池化", _("Replaces each map by its mean.")
        ),
        "activation": Term(
            _("Activation"), "激活函数", _("A function that is applied to each value and is not linear, such as ReLU.")
        ),
        "relu": Term(
            _("ReLU"), "修正线性单元", _("The activation that keeps positive values and sets negative ones to zero.")
        ),
        "sigmoid": Term(
            _("Sigmoid"),
            "逻辑斯谛函数",
            _("The activation 1 / (1 + e⁻ˣ), which turns any value into one between 0 and 1."),
        ),
        "softmax": Term(
            _("Softmax"), "归一化指数函数", _("Turns logits into probabilities: all above 0, with a sum of 1.")
        ),
        "logit": Term(
            _("Logit"), "对数几率", _("The value that the last layer gives for a class, before Softmax or Sigmoid.")
        ),
        "flatten": Term(
            _("Flatten"), "展平", _("Writes all values of the maps one after another, as a Linear layer reads them.")
        ),
        "fully_connected": Term(
            _("Fully connected layer"),
            "全连接层",
            _("A layer in which each output is a weighted sum of all inputs; PyTorch’s layer is Linear."),
        ),
        "shortcut": Term(
            _("Residual connection"),
            "残差连接",
            _("A wire past some layers whose values are added to their output, as in ResNet."),
        ),
        "normalisation": Term(
            _("Normalisation"), "归一化", _("Brings values to mean 0 and variance 1, or to another fixed scale.")
        ),
        "batch_normalisation": Term(
            _("Batch normalisation"),
            "批量归一化",
            _("Normalises each map with its mean and variance over the batch; PyTorch’s layer is BatchNorm2d."),
        ),
        "regularisation": Term(_("Regularisation"), "正则化", _("Whatever keeps a network from overfitting.")),
        "dropout": Term(_("Dropout"), "随机失活", _("Sets values to zero at random while the network trains.")),
        # How it learns.
        "loss": Term(
            _("Loss function"),
            "损失函数",
            _("How far the answers are from the labels, as the one number that training makes small."),
        ),
        "cross_entropy": Term(
            _("Cross-entropy"),
            "交叉熵",
            _("The loss for classes: minus the logarithm of the probability of the correct class."),
        ),
        "squared_error": Term(
            _("Squared error"), "平方误差", _("The usual loss for a number: the square of how far it is off.")
        ),
        "gradient": Term(_("Gradient"), "梯度", _("How fast the loss changes with each weight.")),
        "backpropagation": Term(
            _("Backpropagation"),
            "反向传播",
            _("Computes the gradient layer by layer, from the loss back to the input."),
        ),
        "optimiser": Term(
            _("Optimiser"), "优化器", _("The rule that turns gradients into steps of the weights, such as SGD or Adam.")
        ),
        "learning_rate": Term(_("Learning rate"), "学习率", _("How large a step is.")),
        "momentum": Term(_("Momentum"), "动量", _("How much of the last step the next one keeps.")),
        "weight_decay": Term(_("Weight decay"), "权重衰减", _("Pulls every weight towards zero at each step.")),
        "batch_size": Term(_("Batch size"), "批量大小", _("How many pictures go through the network at a time.")),
        "epoch": Term(_("Epoch"), "轮次", _("One pass over all training pictures.")),
        "early_stopping": Term(
            _("Early stopping"), "早停", _("Ends training when the validation loss no longer gets lower.")
        ),
        "augmentation": Term(
            _("Data augmentation"),
            "数据增强",
            _("Varies the training pictures at random: turned, moved, brighter, and so on."),
        ),
        "initialisation": Term(_("Initialisation"), "初始化", _("How the weights are chosen before training.")),
        "frozen": Term(_("Frozen"), "冻结", _("Said of a layer whose weights training leaves as they are.")),
        "transfer_learning": Term(
            _("Transfer learning"),
            "迁移学习",
            _("Starts from weights that were trained on other pictures, often with the first layers frozen."),
        ),
        # How good it is.
        "training_set": Term(_("Training set"), "训练集", _("The pictures that a network learns from.")),
        "validation_set": Term(
            _("Validation set"),
            "验证集",
            _("Pictures that are never trained on, by which settings and the best epoch are chosen."),
        ),
        "test_set": Term(_("Test set"), "测试集", _("Pictures kept for measuring the finished network.")),
        "overfitting": Term(
            _("Overfitting"),
            "过拟合",
            _("Good on the training pictures and worse on others, because details were learned by heart."),
        ),
        "underfitting": Term(_("Underfitting"), "欠拟合", _("Poor even on the training pictures.")),
        "accuracy": Term(_("Accuracy"), "准确率", _("The fraction of all pictures whose answer is correct.")),
        "precision": Term(
            _("Precision"), "精确率", _("Of the pictures predicted as a class, the fraction that really are of it.")
        ),
        "recall": Term(_("Recall"), "召回率", _("Of the pictures of a class, the fraction that were predicted as it.")),
        "confusion_matrix": Term(
            _("Confusion matrix"), "混淆矩阵", _("For each true class, how many pictures were predicted as each class.")
        ),
    }
)
